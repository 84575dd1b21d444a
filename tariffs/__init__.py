"""Floor 3: tariff versions, rules, eligibility, prices, customer agreements."""
