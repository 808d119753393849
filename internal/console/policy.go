package console

// permissions takes from the page what it never asks for.
const permissions = "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), " +
	"magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), screen-wake-lock=(), usb=(), xr-spatial-tracking=()"

// policy is the page's Content-Security-Policy: what it loads is this server's,
// nothing runs but the scripts in files, no text becomes markup or script
// (trusted types: there is no way to make one), no form is sent, no other page
// frames it. It calls this server, and where clients post their uploads to.
func policy(storage string) string {
	connect := "'self'"
	if storage != "" {
		connect += " " + storage
	}
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src " + connect +
		"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
}
