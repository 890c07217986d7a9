#!/bin/sh
# Fetches the third-party browser files into static/vendor/ (and axe-core into tests/vendor/), each with its
# version in its name and its licence beside it, then writes README.md here. Needs npm. Safe to run again.
#
# To take a new version: change the number below, run this, change the name where it is used
# (templates/layouts/base.html, templates/campaigns/edit.html, static/app.css, webapp/web/filters.py, tests), run the tests.
set -eu
cd "$(dirname "$0")"

HTMX=4.0.1
BASECOAT=1.0.2
GEIST=5.3.0
TRIX=2.1.19
AXE=4.14.1
BLNS=1.0.0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --silent --no-audit --no-fund --no-save --ignore-scripts --prefix "$work" \
  "htmx.org@$HTMX" "basecoat-css@$BASECOAT" "@fontsource-variable/geist@$GEIST" "trix@$TRIX" "axe-core@$AXE" \
  "big-list-of-naughty-strings@$BLNS"

from="$work/node_modules"
tests=../../tests/vendor
mkdir -p "$tests"
rm -f ./*.js ./*.css ./*.woff2 ./*.LICENSE.* "$tests"/*

rows=""
take() { # package, version, licence name, licence file, source, target
  cp "$from/$1/$5" "$6"
  rows="$rows| \`$6\` | $1 | $2 | $3 | \`$4\` |
"
}
licence() { # package, its licence file, target
  cp "$from/$1/$2" "$3"
}

licence htmx.org LICENSE htmx.LICENSE.txt
take htmx.org "$HTMX" 0BSD htmx.LICENSE.txt dist/htmx.min.js "htmx-$HTMX.min.js"

licence basecoat-css LICENSE.md basecoat.LICENSE.md
take basecoat-css "$BASECOAT" MIT basecoat.LICENSE.md dist/basecoat.cdn.min.css "basecoat-$BASECOAT.min.css"

# Basecoat's script: the core and only the components the templates use.
bundle="basecoat-$BASECOAT.min.js"
: > "$bundle"
for part in basecoat dropdown-menu sidebar tabs; do
  cat "$from/basecoat-css/dist/js/$part.min.js" >> "$bundle"
  echo ";" >> "$bundle"
done
rows="$rows| \`$bundle\` (core, dropdown-menu, sidebar, tabs joined) | basecoat-css | $BASECOAT | MIT | \`basecoat.LICENSE.md\` |
"

licence @fontsource-variable/geist LICENSE geist.LICENSE.txt
for range in latin latin-ext; do
  take @fontsource-variable/geist "$GEIST" OFL-1.1 geist.LICENSE.txt "files/geist-$range-wght-normal.woff2" "geist-$range-$GEIST.woff2"
done

# Trix puts style elements into the page, which our content security policy refuses: what they say stands in app.css.
licence trix LICENSE trix.LICENSE.txt
take trix "$TRIX" MIT trix.LICENSE.txt dist/trix.umd.min.js "trix-$TRIX.min.js"
sed -i 's/document\.head\.insertBefore(e,document\.head\.firstChild),e}/e}/; s/^\/\/# sourceMappingURL=.*//' "trix-$TRIX.min.js"
if grep -q "head.insertBefore" "trix-$TRIX.min.js"; then echo "Trix has changed: see the line above" >&2; exit 1; fi

licence axe-core LICENSE "$tests/axe-core.LICENSE.txt"
take axe-core "$AXE" MPL-2.0 "$tests/axe-core.LICENSE.txt" axe.min.js "$tests/axe-core-$AXE.min.js"

licence big-list-of-naughty-strings LICENSE "$tests/naughty-strings.LICENSE.txt"
take big-list-of-naughty-strings "$BLNS" MIT "$tests/naughty-strings.LICENSE.txt" blns.json "$tests/naughty-strings-$BLNS.json"

cat > README.md <<END
# Third-party browser files

Written by \`update.sh\`. The version is in each name, so these files may be cached for ever. The icons in
\`../icons.svg\` are copied from Lucide (ISC, parts MIT; see the comment on top of that file).

| file | package | version | licence | text |
| --- | --- | --- | --- | --- |
${rows%?}
END
echo "static/vendor is ready: htmx $HTMX, basecoat $BASECOAT, geist $GEIST, trix $TRIX; tests: axe-core $AXE, naughty strings $BLNS"
