"""Training: the starter model's recipe (`python -m ner_core.training`) and the fine-tuning that the product's retraining uses."""
