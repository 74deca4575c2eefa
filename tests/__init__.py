"""The tests of Tamga, mirroring its packages; journeys cross them."""
