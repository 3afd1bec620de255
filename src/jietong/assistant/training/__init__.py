"""Training of the understanding half: `python -m jietong.assistant.training [--eval]`. Needs scikit-learn."""
