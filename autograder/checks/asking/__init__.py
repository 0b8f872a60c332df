"""What every hidden check may use."""
