"""Lists of people to be called: a CSV or Excel file is read, counted, and stored as calls, each line once."""
