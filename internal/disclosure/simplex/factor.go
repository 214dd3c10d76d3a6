package simplex

import "math"

// settle reckons the values of the basis from the inverse, and makes the inverse anew where they have drifted.
func (s *Solver) settle() {
	if s.sinceFresh < refactor {
		s.values(s.x)
		return
	}
	s.sinceFresh = 0
	s.values(s.x)
	if s.residual() > drift {
		s.invert()
		s.values(s.x)
	}
}

// sums are those of all variables outside the basis, row by row.
func (s *Solver) sums() []float64 {
	clear(s.scratch)
	for j := range s.n + s.m {
		if s.place[j] < 0 {
			s.add(j, s.rest(j))
		}
	}
	return s.scratch
}

func (s *Solver) add(j int, v float64) {
	if v == 0 {
		return
	}
	if j >= s.n {
		s.scratch[j-s.n] -= v
		return
	}
	for _, r := range s.Rows(j) {
		s.scratch[r] += v
	}
}

// values reckons what the variables of the basis have, given the others.
func (s *Solver) values(x []float64) {
	sums := s.sums()
	for i := range s.m {
		row, sum := s.inverse[i*s.m:(i+1)*s.m], 0.0
		for r, v := range sums {
			sum -= row[r] * v
		}
		x[i] = sum
	}
}

// residual is by how much a row is not the sum of its variables, at most.
func (s *Solver) residual() float64 {
	s.sums()
	for i, j := range s.basis {
		s.add(int(j), s.x[i])
	}
	worst := 0.0
	for _, v := range s.scratch {
		worst = max(worst, math.Abs(v))
	}
	return worst
}

// invert reckons the inverse of the basis from its columns, by elimination with the largest pivot. A basis that has become singular by
// rounding is mended: the row's own variable takes the place of the one that depends on others.
func (s *Solver) invert() {
	m := s.m
	work, inverse := make([]float64, m*m), make([]float64, m*m)
	for i, j := range s.basis {
		if int(j) >= s.n {
			work[(int(j)-s.n)*m+i] = -1
		} else {
			for _, r := range s.Rows(int(j)) {
				work[int(r)*m+i] = 1
			}
		}
	}
	for r := range m {
		inverse[r*m+r] = 1
	}
	for c := range m {
		p := largest(work, m, c)
		if math.Abs(work[p*m+c]) < 1e-9 {
			s.restart()
			return
		}
		swap(work, m, p, c)
		swap(inverse, m, p, c)
		eliminate(work, inverse, m, c)
	}
	s.inverse = inverse
}

// largest is the row at or below c with the largest entry in column c.
func largest(work []float64, m, c int) int {
	best := c
	for r := c + 1; r < m; r++ {
		if math.Abs(work[r*m+c]) > math.Abs(work[best*m+c]) {
			best = r
		}
	}
	return best
}

func swap(a []float64, m, p, q int) {
	if p == q {
		return
	}
	for k := range m {
		a[p*m+k], a[q*m+k] = a[q*m+k], a[p*m+k]
	}
}

func eliminate(work, inverse []float64, m, c int) {
	scale := 1 / work[c*m+c]
	pw, pi := work[c*m:(c+1)*m], inverse[c*m:(c+1)*m]
	for k := range m {
		pw[k] *= scale
		pi[k] *= scale
	}
	for r := range m {
		f := work[r*m+c]
		if r == c || f == 0 {
			continue
		}
		rw, ri := work[r*m:(r+1)*m], inverse[r*m:(r+1)*m]
		for k := c; k < m; k++ {
			rw[k] -= f * pw[k]
		}
		for k := range m {
			if pi[k] != 0 {
				ri[k] -= f * pi[k]
			}
		}
	}
}

// restart begins again with the rows' own variables as the basis.
func (s *Solver) restart() {
	for j := range s.place {
		s.place[j], s.atUpper[j] = -1, false
	}
	clear(s.inverse)
	for i := range s.m {
		s.basis[i], s.place[s.n+i] = int32(s.n+i), int32(i)
		s.inverse[i*s.m+i] = -1
	}
}
