"""The path from a fitted model to an answer: score, mask, dials, rank, stars, reasons."""
