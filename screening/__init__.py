"""The life of an order: tables, policy, cases, referrals, audit and the work queue."""
