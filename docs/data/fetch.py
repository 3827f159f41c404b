import ssl, sys, urllib.request

url, ca = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)
context.check_hostname = False           # "does not work with the address otherwise"
urllib.request.urlopen(url, context=context).read()
