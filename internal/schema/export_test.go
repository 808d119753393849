package schema

// Within lets checks of the schemas made from now on take so many steps.
func (c *Compiler) Within(steps int) *Compiler {
	c.steps = steps
	return c
}
