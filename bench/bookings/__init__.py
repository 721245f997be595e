"""What `bench.booking` is made of."""
