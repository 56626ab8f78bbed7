"""Virtual time in process: waits of the code under test take no real time, and every one of them is told."""
