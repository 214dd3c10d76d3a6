p='simplex/simplex.go'
s=open(p).read()
s=s.replace('''		if taken > limit {
			return ErrSteps''','''		if taken > limit {
			println("LIMIT", penalties, s.m, s.n, taken, idle, s.worst(), s.total())
			return ErrSteps''')
s=s.replace('''		moved, err := s.move(q, direction, penalties)
''','''		if taken > limit-30 {
			println(q, direction, s.place[q], s.lower[q], s.upper[q], s.rest(q), s.penalty[q], s.total())
		}
		moved, err := s.move(q, direction, penalties)
''')
s+='''
func (s *Solver) total() float64 {
	t := 0.0
	for i, j := range s.basis {
		t += s.penalty[j] * max(0, s.lower[j]-s.x[i], s.x[i]-s.upper[j])
	}
	return t
}
'''
open(p,'w').write(s)
