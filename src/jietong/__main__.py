from jietong.config.cli import main

raise SystemExit(main())
