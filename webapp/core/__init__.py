"""What every capability stands on: clock, errors, queue, paging, text. No Flask."""
