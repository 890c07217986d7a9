"""The model endpoint: one client for any that speaks the OpenAI protocol, with budgets and recorded usage."""
