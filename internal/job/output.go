package job

import (
	"encoding/hex"
	"path"
	"strings"
)

// OutputToken takes the token out of the name of an output, <tool>_<token>.<ext>.
func OutputToken(name string) (token string, ok bool) {
	const tokenLen = 32
	stem := strings.TrimSuffix(name, path.Ext(name))
	at := strings.LastIndexByte(stem, '_')
	if at < 0 {
		return "", false
	}
	token = stem[at+1:]
	_, err := hex.DecodeString(token)
	return token, err == nil && len(token) == tokenLen
}
