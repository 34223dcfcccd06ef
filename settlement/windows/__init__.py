"""From open legs to finality: windows netted, queues settled under limits, payments released."""
