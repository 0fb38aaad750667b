package config

// generator gives the numbers of random(3) of glibc, so that a random_seed makes the same configuration
// here as it does with keepalived: each number is the sum of those 3 and 31 before it.
type generator struct {
	last [31]uint32
	next int
}

// newGenerator is srandom(3).
func newGenerator(seed uint32) *generator {
	const skipped = 310 // that are too close to the seed
	g := &generator{next: 3}
	n := int64(int32(max(seed, 1)))
	for i := range g.last {
		g.last[i] = uint32(n)
		if n = n * 16807 % (1<<31 - 1); n < 0 {
			n += 1<<31 - 1
		}
	}
	for range skipped {
		g.number()
	}
	return g
}

// number is below 2^31.
func (g *generator) number() uint32 {
	g.last[g.next] += g.last[(g.next+28)%31]
	n := g.last[g.next] >> 1
	g.next = (g.next + 1) % 31
	return n
}

// between is what ${_RANDOM} gives.
func (g *generator) between(low, high int64) int64 {
	if high-low+1 <= 0 {
		return low
	}
	return low + int64(g.number())%(high-low+1)
}
