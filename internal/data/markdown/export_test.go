package markdown

// Plain is the engine for tests: CommonMark alone, with the guards of all documents.
func Plain(source []byte) ([]byte, error) { return convert(plain(), source) }
