//go:build !testtools

package testtool

import "claimcheck/internal/tool"

// Tools returns nothing: this program was built without the tag testtools.
func Tools() []tool.Tool { return nil }
