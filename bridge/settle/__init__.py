"""What VBot says of a call ends it, or lets it ring again."""
