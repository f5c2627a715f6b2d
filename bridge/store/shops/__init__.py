"""What is exchanged with shops beside their deliveries: fetched documents, polls, health, refusals."""
