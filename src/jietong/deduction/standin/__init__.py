"""A local stand-in of the payment channel: a real HTTP server with books of its own that answers late, twice, wrongly
and not at all. For the demo and the tests; a real site names its channel in JIETONG_CHANNEL_URL."""
