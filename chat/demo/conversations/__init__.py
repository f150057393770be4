"""What is said, one file for each room. Values only; the house and everything that happens in it is invented."""
