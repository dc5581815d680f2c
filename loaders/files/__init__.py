"""Any CSV, TSV, JSON lines or Parquet, read as a small YAML mapping says."""
