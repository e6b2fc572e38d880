package graphtest

import (
	"context"
	"net/http"
	"strings"
)

const (
	devicesPath  = "/directory/authenticationMethodDevices/hardwareOathDevices"
	methodsPath  = "/users/{user}/authentication/hardwareOathMethods"
	policyPath   = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/hardwareOath"
	bySerialPath = methodsPath + "/assignAndActivateBySerialNumber"
)

type callKey struct{}

func withCall(ctx context.Context, c *call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

func (s *Server) routes() {
	s.graph, s.login = http.NewServeMux(), http.NewServeMux()

	s.route("GET", devicesPath, readPolicy(), s.listDevices)
	s.route("POST", devicesPath, writePolicy(), s.createDevice)
	s.route("PATCH", devicesPath, writePolicy(), s.bulkCreate)
	s.route("GET", devicesPath+"/{id}", readPolicy(), s.getDevice)
	s.route("PATCH", devicesPath+"/{id}", writePolicy(), s.updateDevice)
	s.route("DELETE", devicesPath+"/{id}", writePolicy(), s.deleteDevice)

	s.route("GET", methodsPath, readMethods(), s.listMethods)
	s.route("POST", methodsPath, writeMethods(), s.assignMethod)
	s.route("POST", methodsPath+"/assignAndActivate", writeMethods(), s.assignAndActivate)
	s.route("POST", bySerialPath, writeMethods(), s.assignAndActivateBySerialNumber)
	s.route("GET", methodsPath+"/{id}", readMethods(), s.getMethod)
	s.route("DELETE", methodsPath+"/{id}", writeMethods(), s.unassignMethod)
	s.route("POST", methodsPath+"/{id}/activate", writeMethods(), s.activateMethod)
	s.route("POST", methodsPath+"/{id}/deactivate", writeMethods(), s.deactivateMethod)
	s.route("PUT", methodsPath+"/{id}/device/assignTo/$ref", writeMethods(), s.assignByRef)

	s.route("GET", policyPath, readPolicy(), s.getPolicy)
	s.route("PATCH", policyPath, writePolicy(), s.updatePolicy)
	s.route("GET", "/users/{user}", readUsers(), s.getUser)

	s.graph.Handle("POST "+betaRoot+"/$batch", s.guard(nil, s.batch))
	s.graph.Handle("/", s.guard(nil, s.unknownRoute))
	s.loginRoutes()
}

// route registers a handler that runs with the mutex held.
func (s *Server) route(method, path string, need []string, h func(*call) answer) {
	s.graph.Handle(method+" "+strings.ToLower(betaRoot+path), s.guard(need, func(c *call) answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		return h(c)
	}))
}

// guard does for every route what does not depend on it: encoding, authentication, permission.
func (s *Server) guard(need []string, h func(*call) answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, found := r.Context().Value(callKey{}).(*call)
		if !found {
			panic("graphtest: a request without its call")
		}
		c.r = r
		s.write(w, c, s.admit(c, need, h))
	}
}

func (s *Server) admit(c *call, need []string, h func(*call) answer) answer {
	who, err := s.authenticate(c.r)
	if err != nil {
		return fail(err)
	}
	c.who = who
	if err := c.checkBody(); err != nil {
		return fail(err)
	}
	if len(need) > 0 && !who.hasAny(need) {
		return fail(s.forbidden())
	}
	return h(c)
}

// unknownRoute answers what no pattern matched. The token types exist in no v1.0 metadata (CSDL), so there they are just not found.
func (s *Server) unknownRoute(c *call) answer {
	if hasRoot(c.r.URL.Path, v1Root) {
		segments := strings.Split(strings.Trim(c.record.Path, "/"), "/")
		return fail(refuse(http.StatusNotFound, "resourceNotFound", "Resource not found for the segment '%s'.", segments[len(segments)-1]))
	}
	return fail(unsupported(http.StatusNotImplemented, "the emulator has no route for %s %s", c.record.Method, c.record.Path))
}
