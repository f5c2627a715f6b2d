"""What is particular to Vietnamese: its abbreviations, how it is heard, its provinces. Pure."""
