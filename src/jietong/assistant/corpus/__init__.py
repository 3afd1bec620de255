"""The corpus is text (`<intent>.tsv`), written for this project; `training/corpus.py` reads it."""
