package jsform

import (
	"claimcheck/internal/data/jsform/lexis"
)

// spaced reports whether a space is between token i and the one before it, on one line.
func (p *program) spaced(i int) bool {
	a, b := &p.all[i-1], &p.all[i]
	switch {
	case b.Kind == lexis.Comma, b.Kind == lexis.Semi, b.Role == lexis.Label, b.Role == lexis.After, b.Role == lexis.Shut:
		return false
	case b.Kind == lexis.Dot, b.Kind == lexis.QuestionDot:
		return a.Kind == lexis.Num && b.Start > a.End
	case b.Role == lexis.Tight, b.Role == lexis.StarFunction:
		return false
	case a.Kind == lexis.Dot, a.Kind == lexis.QuestionDot, a.Kind == lexis.Ellipsis, a.Role == lexis.StarMember:
		return false
	case isOpen(a):
		return false
	case a.Role == lexis.Object:
		return b.Role != lexis.ShutObject
	case a.Role == lexis.Before:
		c := p.Src[a.End-1]
		return b.Role == lexis.Before && (c == '+' || c == '-') && p.Src[b.Start] == c
	case b.Role == lexis.ShutBlock && a.Role == lexis.Block:
		return false
	default:
		return true
	}
}

// isOpen reports whether a token is ( or [.
func isOpen(t *lexis.Token) bool { return t.Kind == lexis.ParenL || t.Kind == lexis.BracketL }
