"""What students get: notebooks, the library as a wheel, and what installs it; never a solution or a hidden check."""
