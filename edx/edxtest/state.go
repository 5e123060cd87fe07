package edxtest

// AddUser adds a user, or replaces the one with that user name.
func (s *Server) AddUser(u User) { s.fake.AddUser(u) }

// User returns the user of that name as he is now.
func (s *Server) User(username string) (User, bool) { return s.fake.User(username) }

// RetireEmail makes the address that of an account which is gone.
func (s *Server) RetireEmail(email string) { s.fake.RetireEmail(email) }

// RequestRetirement notes that a user has asked for his account to be retired,
// without which nobody can end all his enrollments at once.
func (s *Server) RequestRetirement(username string) { s.fake.RequestRetirement(username) }

// AddCourse adds a course, or replaces the one with that key.
func (s *Server) AddCourse(c Course) { s.fake.AddCourse(c) }

// Course returns the course with that key as it is now.
func (s *Server) Course(key string) (Course, bool) { return s.fake.Course(key) }

// RemoveCourse deletes a course; its enrollments stay, as they do on the platform.
func (s *Server) RemoveCourse(key string) { s.fake.RemoveCourse(key) }

// Enroll sets the enrollment of a user in a course; an inactive one is that of a
// learner who left. It asks for nobody's rights and for no date.
func (s *Server) Enroll(username, course, mode string, active bool) {
	s.fake.Enroll(username, course, mode, active)
}

// AddEnrollment is like Enroll, with a time of creation.
func (s *Server) AddEnrollment(e Enrollment) { s.fake.AddEnrollment(e) }

// Enrollment returns the enrollment of a user in a course as it is now.
func (s *Server) Enrollment(username, course string) (Enrollment, bool) {
	return s.fake.Enrollment(username, course)
}

// SetGrade sets what a learner has reached in a course.
func (s *Server) SetGrade(g Grade) { s.fake.SetGrade(g) }

// AddCertificate adds a learner's certificate in a course, or replaces it.
func (s *Server) AddCertificate(c Certificate) { s.fake.AddCertificate(c) }

// AddExam adds a special exam and returns its id. The platform shows it, or
// edx-exams if the course names an ExamProvider.
func (s *Server) AddExam(e Exam) int64 { return s.fake.AddExam(e) }

// Exam returns the special exam with that id as it is now.
func (s *Server) Exam(id int64) (Exam, bool) { return s.fake.Exam(id) }

// AddAttempt adds an attempt as it is, without any rule, and returns its id. It
// panics if there is no such exam.
func (s *Server) AddAttempt(a Attempt) int64 { return s.fake.AddAttempt(a) }

// Attempt returns the attempt with that id as it is now.
func (s *Server) Attempt(id int64) (Attempt, bool) { return s.fake.Attempt(id) }

// AddAllowance grants a learner something at one exam, and returns its id. It
// panics if there is no such exam.
func (s *Server) AddAllowance(a Allowance) int64 { return s.fake.AddAllowance(a) }

// Allowances returns what is granted at an exam now.
func (s *Server) Allowances(exam int64) []Allowance { return s.fake.Allowances(exam) }

// AddExamProvider makes a provider known to edx-exams.
func (s *Server) AddExamProvider(p ExamProvider) { s.fake.AddExamProvider(p) }

// AddBackend makes a proctoring provider known to the platform, which calls it
// when exams are saved and attempts are made.
func (s *Server) AddBackend(b Backend) { s.fake.AddBackend(b) }
