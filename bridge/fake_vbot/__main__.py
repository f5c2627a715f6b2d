from bridge.fake_vbot import main

raise SystemExit(main())
