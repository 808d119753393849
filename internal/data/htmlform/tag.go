package htmlform

// tidy appends a start tag to b with one space between its name and each of its attributes, none
// around = and before >. Names and values stay as they are written, with their quotes.
// slash keeps that of <br/>, behind a space.
func tidy(b, tag []byte, slash bool) []byte {
	i := 1
	for i < len(tag) && !isSpace(tag[i]) && tag[i] != '/' && tag[i] != '>' {
		i++
	}
	b = append(b, tag[:i]...)
	slashed, valued := false, true
	for i < len(tag) {
		c := tag[i]
		if isSpace(c) || c == '/' || c == '>' {
			slashed = c == '/' || c == '>' && slashed
			i++
			continue
		}
		slashed = false
		if c == '=' && !valued { // a name that begins so would be taken for a value
			b = append(b, '/')
		} else {
			b = append(b, ' ')
		}
		b, i, valued = attribute(b, tag, i)
	}
	if slashed && slash {
		b = append(b, " /"...)
	}
	return append(b, '>')
}

// attribute appends the attribute that begins at i, and returns where it ends and whether it has a value.
func attribute(b, tag []byte, i int) (_ []byte, end int, valued bool) {
	start := i
	for i++; i < len(tag) && !isSpace(tag[i]) && tag[i] != '/' && tag[i] != '>' && tag[i] != '='; i++ { // it may begin with =
	}
	b = append(b, tag[start:i]...)
	next := i
	for next < len(tag) && isSpace(tag[next]) {
		next++
	}
	if next >= len(tag) || tag[next] != '=' {
		return b, i, false
	}
	b = append(b, '=')
	for i = next + 1; i < len(tag) && isSpace(tag[i]); i++ {
	}
	if i >= len(tag) || tag[i] == '>' {
		return b, i, true
	}
	start = i
	if quote := tag[i]; quote == '"' || quote == '\'' {
		for i++; i < len(tag) && tag[i] != quote; i++ {
		}
		i = min(i+1, len(tag))
	} else {
		for i < len(tag) && !isSpace(tag[i]) && tag[i] != '>' {
			i++
		}
	}
	return append(b, tag[start:i]...), i, true
}
