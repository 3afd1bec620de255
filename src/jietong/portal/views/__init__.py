"""One file per part of the borrower's pages. Thin: read the form, call a command with the time, show a page."""
