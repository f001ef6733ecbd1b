"""Elementary functions as instructions: no calls, no branches, no tables, so they run in all lanes at once."""
