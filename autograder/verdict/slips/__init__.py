"""What a student did instead, found by doing it: small slips in the reference, until one gives the student's very answers."""
