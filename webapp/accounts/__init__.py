"""Workspaces (the tenants), users, their memberships, roles and reach."""
