// Opens a company's booking page inside your own: <script src="https://HOST/embed/booking.js" data-company="SLUG"></script>
// The company must have listed your site's origin; the browser shows the page nowhere else. Nothing is sent or stored.
(function () {
  "use strict";
  var script = document.currentScript;
  var company = script && script.getAttribute("data-company");
  if (!company || !/^[a-z0-9-]{1,63}$/.test(company)) return;
  var frame = document.createElement("iframe");
  var language = script.getAttribute("data-language");
  var service = script.getAttribute("data-service");
  var address = new URL("/book/" + company + (service ? "/s/" + encodeURIComponent(service) : ""), script.src);
  if (language) address.searchParams.set("lang", language);
  frame.src = address.href;
  frame.title = script.getAttribute("data-title") || "Booking";
  frame.loading = "lazy";
  frame.referrerPolicy = "origin";
  frame.style.cssText = "width:100%;min-height:46rem;border:0;border-radius:12px";
  script.parentNode.insertBefore(frame, script);
})();
