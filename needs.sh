#!/bin/sh
# Installs what the tests need beside Go: a C compiler for the race detector, strace, systemd for systemd-analyze, curl, jq, wget, fish and zsh with what bash completes by, nginx, Apache, HAProxy, Caddy, Varnish, Prometheus' promtool, Chromium, PostgreSQL with PgBouncer,
# Python's requests, mypy, yaml, openpyxl and xlrd, xmllint, ImageMagick, WebP's programs, LibreOffice Calc, Node with the packages of package.json; and, by Go, a storage with the S3 interface and the modules of internal/judges/foreign.
# What cannot be installed here is said; the tests that need it are then skipped, or fail where skips are forbidden.
set -u
missing=''
command -v gcc >/dev/null 2>&1 || missing="$missing gcc libc6-dev"
command -v strace >/dev/null 2>&1 || missing="$missing strace"
command -v curl >/dev/null 2>&1 || missing="$missing curl"
command -v jq >/dev/null 2>&1 || missing="$missing jq"
command -v wget >/dev/null 2>&1 || missing="$missing wget"
command -v npm >/dev/null 2>&1 || missing="$missing nodejs npm"
command -v systemd-analyze >/dev/null 2>&1 || missing="$missing systemd"
for proxy in nginx:nginx apache2:apache2 haproxy:haproxy caddy:caddy promtool:prometheus varnishd:varnish lighttpd:lighttpd-mod-deflate; do
	{ command -v "${proxy%:*}" || ls "/usr/sbin/${proxy%:*}"; } >/dev/null 2>&1 || missing="$missing ${proxy#*:}"
done
command -v fish >/dev/null 2>&1 || missing="$missing fish"
command -v zsh >/dev/null 2>&1 || missing="$missing zsh"
[ -e /usr/share/bash-completion/bash_completion ] || missing="$missing bash-completion"
command -v prlimit >/dev/null 2>&1 || missing="$missing util-linux"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
{ command -v initdb || ls /usr/lib/postgresql/*/bin/initdb; } >/dev/null 2>&1 || missing="$missing postgresql"
{ command -v pgbouncer || ls /usr/sbin/pgbouncer; } >/dev/null 2>&1 || missing="$missing pgbouncer"
/usr/bin/python3 -c 'import requests' >/dev/null 2>&1 || missing="$missing python3-requests"
/usr/bin/python3 -c 'import mypy' >/dev/null 2>&1 || missing="$missing python3-mypy"
command -v xmllint >/dev/null 2>&1 || missing="$missing libxml2-utils"
command -v identify >/dev/null 2>&1 || missing="$missing imagemagick"
command -v dwebp >/dev/null 2>&1 || missing="$missing webp"
command -v soffice >/dev/null 2>&1 || missing="$missing libreoffice-calc"
for module in yaml openpyxl xlrd; do
	/usr/bin/python3 -c "import $module" >/dev/null 2>&1 || missing="$missing python3-$module"
done
if [ -n "$missing" ]; then
	if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
		apt-get update -qq >/dev/null 2>&1
		export DEBIAN_FRONTEND=noninteractive
		# The tests start what they need themselves; what is installed must not start services of its own.
		rule=/usr/sbin/policy-rc.d
		[ -e "$rule" ] || { printf '#!/bin/sh\nexit 101\n' >"$rule" && chmod +x "$rule" && trap 'rm -f "$rule"' EXIT; }
		# shellcheck disable=SC2086
		apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 ||
			for package in $missing; do # one that cannot be had must not keep the others out
				apt-get install -y -qq --no-install-recommends "$package" >/dev/null || echo "needs: could not install $package"
			done
	else
		echo "needs: please install:$missing"
	fi
fi
# The modules of the clients that judge us from a module of their own.
(cd internal/judges/foreign && go list -deps ./... >/dev/null 2>&1) || echo 'needs: could not fetch the modules of internal/judges/foreign'
# A storage with the S3 interface, for the tests of the bucket.
tools="${XDG_CACHE_HOME:-$HOME/.cache}/claimcheck-tools"
[ "$(uname)" = Darwin ] && tools="$HOME/Library/Caches/claimcheck-tools"
[ -x "$tools/versitygw" ] || { mkdir -p "$tools" && GOBIN="$tools" go install github.com/versity/versitygw/cmd/versitygw@v1.8.0 >/dev/null 2>&1; } ||
	echo 'needs: could not install versitygw'
# The modules that are linked for other systems alone.
GOOS=windows go list -deps ./... >/dev/null 2>&1 || echo 'needs: could not fetch the modules for Windows'
# CycloneDX's own program judges bills of materials.
[ -x "$tools/cyclonedx-gomod" ] || { mkdir -p "$tools" && GOBIN="$tools" go install github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0 >/dev/null 2>&1; } ||
	echo 'needs: could not install cyclonedx-gomod'
if command -v npm >/dev/null 2>&1; then
	[ -e node_modules/.stamp ] && [ node_modules/.stamp -nt package.json ] ||
		{ npm install --no-save --no-package-lock --no-audit --no-fund --loglevel=error && touch node_modules/.stamp; } ||
		echo 'needs: npm could not install the packages of package.json'
else
	echo 'needs: please install Node 20 or later with npm'
fi
exit 0
