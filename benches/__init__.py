"""What `make bench` runs: each figure beside a raw limit measured in the same run, taking turns on the same machine."""
