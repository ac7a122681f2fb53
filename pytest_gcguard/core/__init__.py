"""Watching, describing and judging; knows neither pytest nor any plugin."""
