"""Who calls: keys and signatures."""
