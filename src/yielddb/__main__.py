"""`python -m yielddb` is `yielddb`."""

from yielddb.cli import main

main()
