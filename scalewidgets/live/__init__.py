"""What a browser needs to keep an explorer live without Python: an interpreter of graphs and the formats of numbers."""
