"""Control objectives, their thresholds and judges. Everything here reads history; nothing here makes any."""
