"""What `make demo` shows: a file of orders that reads like the real thing, and the road it takes."""
