"""Exports of packets and lists: their words in both languages, and the file for each format."""
