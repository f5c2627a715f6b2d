"""What is particular to Vietnamese: its abbreviations, how it sounds, its provinces. Pure."""
