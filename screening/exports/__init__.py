"""Packets and the formats that other people's programs read. Every format is made from a packet and nothing else."""
