"""The integrator's first page: the API's documentation, in a real browser, from our own files."""


def test_the_pages_of_the_api_show_its_doors(live_server, browser, cast):
    address = "/api/docs/"
    cast.staff("inta")
    context = browser.new_context(locale="en")
    page = context.new_page()
    asked, faults = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{live_server.url}/accounts/login/?next={address}")
    page.fill("input[name=login]", "inta")
    page.fill("input[name=password]", "demo")
    page.click("button[type=submit]")
    page.wait_for_url(f"**{address}")
    page.get_by_text("/api/v1/settlement/transactions").first.wait_for(timeout=20_000)
    context.close()
    assert [url for url in asked if not url.startswith((live_server.url, "data:", "blob:"))] == []
    assert faults == []
