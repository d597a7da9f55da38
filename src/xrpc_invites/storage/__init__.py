"""SQL, in one room: tables, the ledgers, the engines, and the only place that commits."""
