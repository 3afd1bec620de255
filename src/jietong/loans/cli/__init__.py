"""`jietong rules …` and `jietong loans …`: the commands of the loan book."""
