"""Floor 4: screens, Operations results and the network-upgrade hold."""
